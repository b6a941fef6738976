import { Button } from 'azure-devops-ui/Button';
import { Callout } from 'azure-devops-ui/Callout';
import { Location } from 'azure-devops-ui/Utilities/Position';
import { type KeyboardEvent, useRef, useState } from 'react';
import { Markdown } from './markdown';

/** A button that opens a help text beside it, by mouse or keyboard, and moves the focus there; Escape moves it back. */
export function Help({ about, text }: { about: string; text: string }) {
  const [isOpen, setIsOpen] = useState(false);
  const anchor = useRef<HTMLSpanElement>(null);
  const close = () => {
    setIsOpen(false);
    anchor.current?.querySelector('button')?.focus();
  };
  // The callout is a child of this element for events, wherever it stands in the document.
  const onKeyDown = ({ key }: KeyboardEvent) => {
    if (key === 'Escape' && isOpen) close();
  };
  return (
    // biome-ignore lint/a11y/noStaticElementInteractions: what is inside is interactive, and closes by the same key
    <span className="help" ref={anchor} onKeyDown={onKeyDown}>
      <Button
        ariaLabel={`Help for ${about}`}
        ariaExpanded={isOpen}
        iconProps={{ iconName: 'Info' }}
        tooltipProps={{ disabled: true }}
        subtle
        onClick={() => setIsOpen(!isOpen)}
      />
      {isOpen && anchor.current && (
        <Callout
          anchorElement={anchor.current}
          anchorOrigin={{ horizontal: Location.end, vertical: Location.center }}
          calloutOrigin={{ horizontal: Location.start, vertical: Location.start }}
          ariaLabel={`Help for ${about}`}
          contentClassName="help-content"
          lightDismiss
          focuszoneProps={null}
          onDismiss={close}
        >
          <div className="help-text" tabIndex={-1} ref={(shown) => shown?.focus()}>
            <Markdown text={text} />
          </div>
        </Callout>
      )}
    </span>
  );
}
