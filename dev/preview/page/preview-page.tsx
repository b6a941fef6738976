import { Button } from 'azure-devops-ui/Button';
import { useState } from 'react';
import type { Manifests } from '../manifests/manifests';
import { ConnectionDialog } from './forms/connection-dialog';
import { TaskForm } from './forms/task-form';
import type { Presets } from './presets';
import { applyTheme, currentTheme } from './theme';

interface Props {
  manifests: Manifests;
  presets: Presets;
}

/** The whole page: what it is, the forms that there are, and the one that is asked for. */
export function PreviewPage({ manifests, presets }: Props) {
  const { task, connectionType, values } = presets;
  const [theme, setTheme] = useState(currentTheme());
  const [isChosen, setIsChosen] = useState(presets.theme !== undefined);
  const other = theme === 'dark' ? 'light' : 'dark';
  const switchTheme = () => {
    setTheme(applyTheme(other));
    setIsChosen(true);
  };
  const address = (form: string) => {
    const parameters = new URLSearchParams({
      ...(isChosen && { theme }),
      ...(presets.language !== undefined && { language: presets.language }),
    });
    return parameters.size === 0 ? `/${form}` : `/${form}?${parameters}`;
  };
  const shown = task?.name ?? connectionType?.name;
  return (
    <div className="page">
      <header className="page-header">
        <img src="/icon.png" alt="" width="24" height="24" />
        <p>
          <strong>Local preview.</strong> Drawn from the manifests of this extension on this machine. It is not Azure
          DevOps: nothing is saved, and the names in its lists are made up.
        </p>
        <Button text={other === 'dark' ? 'Dark theme' : 'Light theme'} subtle onClick={switchTheme} />
      </header>
      <nav className="page-nav" aria-label="Forms">
        <h2>Tasks</h2>
        {manifests.tasks.map(({ name, friendlyName }) => (
          <FormLink key={name} href={address(name)} text={friendlyName} isShown={name === shown} />
        ))}
        <h2>Service connections</h2>
        {manifests.connectionTypes.map(({ name, displayName }) => (
          <FormLink key={name} href={address(name)} text={displayName} isShown={name === shown} />
        ))}
      </nav>
      {task && <TaskForm manifest={task} presets={values} />}
      {connectionType && <ConnectionDialog type={connectionType} presets={values} />}
    </div>
  );
}

function FormLink({ href, text, isShown }: { href: string; text: string; isShown: boolean }) {
  return (
    <a href={href} aria-current={isShown ? 'page' : undefined}>
      {text}
    </a>
  );
}
