import { render } from 'react-dom';
import type { Manifests } from '../manifests/manifests';
import { readPresets } from './presets';
import { PreviewPage } from './preview-page';
import { Problem, ProblemBoundary } from './problem';
import { applyTheme } from './theme';
// After the components, whose styles these complete.
import 'azure-devops-ui/Core/override.css';
import './styles/themes.css';
import './styles/page.css';
import './styles/forms.css';

/** Draws the form that the address names, as the manifests describe it at this moment. */
async function start(target: Element): Promise<void> {
  try {
    const { pathname, searchParams, search } = new URL(window.location.href);
    const answer = await fetch(`/manifests.json${search}`);
    if (!answer.ok) throw new Error(await answer.text());
    const manifests = (await answer.json()) as Manifests;
    const presets = readPresets(manifests, pathname.slice(1), searchParams);
    applyTheme(presets.theme);
    render(
      <ProblemBoundary>
        <PreviewPage manifests={manifests} presets={presets} />
      </ProblemBoundary>,
      target,
    );
  } catch (error) {
    applyTheme(undefined);
    render(<Problem message={(error as Error).message} />, target);
  }
}

const target = document.getElementById('preview');
if (target) void start(target);
