interface Props {
  yaml: string;
  /** Labels of required fields that are empty. */
  missing: string[];
}

/** The step in YAML, as it is filled in at this moment. */
export function StepYaml({ yaml, missing }: Props) {
  return (
    <aside className="yaml" aria-labelledby="yaml-title">
      <h2 id="yaml-title">The same step in YAML</h2>
      <p>
        Under <code>steps:</code> of a pipeline. What is left at its default is not written.
      </p>
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls has to be reachable by keyboard */}
      <pre tabIndex={0}>{yaml}</pre>
      <p role="status" className="missing">
        {missing.length > 0 && `Still to be filled in: ${missing.join(', ')}.`}
      </p>
    </aside>
  );
}
