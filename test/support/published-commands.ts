/** Options that a command of a program has, as its publisher documents them. */
interface PublishedCommand {
  /** Where they stand. */
  source: string;
  options: string;
}

const azure = '--output --query --subscription --only-show-errors --verbose --debug --help';
const kubernetes = '--namespace --context --kubeconfig --cluster --user --request-timeout --help';
const aws = '--output --query --region --profile --endpoint-url --no-cli-pager --debug help';

/**
 * The commands of other clouds' programs that the examples call. The options of kubectl are those of `kubectl … --help` of
 * 1.32, those of aws what `aws … help` of 1.45 lists of those that are likely here; those of az stand in its reference.
 */
const published: Record<string, PublishedCommand> = {
  'az rest': {
    source: 'https://learn.microsoft.com/cli/azure/reference-index#az-rest',
    options: `${azure} --uri --url --method --body --headers --output-file --resource --skip-authorization-header --uri-parameters --url-parameters`,
  },
  'az vm show': {
    source: 'https://learn.microsoft.com/cli/azure/vm#az-vm-show',
    options: `${azure} --ids --name --resource-group --show-details --include-user-data`,
  },
  'az vmss scale': {
    source: 'https://learn.microsoft.com/cli/azure/vmss#az-vmss-scale',
    options: `${azure} --ids --name --resource-group --new-capacity --no-wait`,
  },
  'az vmss list-instances': {
    source: 'https://learn.microsoft.com/cli/azure/vmss#az-vmss-list-instances',
    options: `${azure} --name --resource-group --expand --filter --select`,
  },
  'kubectl label': {
    source: 'https://kubernetes.io/docs/reference/kubectl/generated/kubectl_label/',
    options: `${kubernetes} --all --all-namespaces --dry-run --field-manager --field-selector --filename --kustomize --list --local --output --overwrite --recursive --resource-version --selector --template`,
  },
  'kubectl create': {
    source: 'https://kubernetes.io/docs/reference/kubectl/generated/kubectl_create/',
    options: `${kubernetes} --dry-run --edit --field-manager --filename --kustomize --output --raw --recursive --save-config --selector --template --validate`,
  },
  'kubectl patch': {
    source: 'https://kubernetes.io/docs/reference/kubectl/generated/kubectl_patch/',
    options: `${kubernetes} --dry-run --field-manager --filename --kustomize --local --output --patch --patch-file --recursive --subresource --template --type`,
  },
  'kubectl get': {
    source: 'https://kubernetes.io/docs/reference/kubectl/generated/kubectl_get/',
    options: `${kubernetes} --all-namespaces --chunk-size --field-selector --filename --ignore-not-found --no-headers --output --selector --sort-by --template --watch`,
  },
  'kubectl logs': {
    source: 'https://kubernetes.io/docs/reference/kubectl/generated/kubectl_logs/',
    options: `${kubernetes} --all-containers --all-pods --container --follow --limit-bytes --previous --selector --since --tail --timestamps`,
  },
  'kubectl delete': {
    source: 'https://kubernetes.io/docs/reference/kubectl/generated/kubectl_delete/',
    options: `${kubernetes} --all --cascade --dry-run --field-selector --filename --force --grace-period --ignore-not-found --now --output --selector --timeout --wait`,
  },
  'aws ec2 run-instances': {
    source: 'https://docs.aws.amazon.com/cli/latest/reference/ec2/run-instances.html',
    options: `${aws} --image-id --instance-type --subnet-id --security-group-ids --key-name --count --user-data --tag-specifications --iam-instance-profile --dry-run`,
  },
  'aws ec2 describe-instances': {
    source: 'https://docs.aws.amazon.com/cli/latest/reference/ec2/describe-instances.html',
    options: `${aws} --instance-ids --filters --dry-run --max-items --page-size`,
  },
  'aws ec2 get-console-output': {
    source: 'https://docs.aws.amazon.com/cli/latest/reference/ec2/get-console-output.html',
    options: `${aws} --instance-id --latest --dry-run`,
  },
};

/**
 * What calls of programs have that is not published: commands that are not in the table, and options that they do not have.
 * @param calls one a line, as a machine keeps them.
 */
export function unpublishedWords(calls: string): string[] {
  const lines = calls.split('\n').filter((line) => /^(az|aws|kubectl) /.test(line));
  return lines.flatMap((line) => {
    const plain = line.replace(/^kubectl --namespace \S+/, 'kubectl');
    const command = Object.keys(published).find((name) => plain.startsWith(`${name} `));
    if (command === undefined) return [line];
    const options = published[command]?.options.split(' ') ?? [];
    const words = plain.split(' ').filter((word) => /^--?[a-z]/.test(word));
    return words.filter((word) => !options.includes(word.split('=')[0] ?? '')).map((word) => `${command} ${word}`);
  });
}
