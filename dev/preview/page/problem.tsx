import { MessageCard, MessageCardSeverity } from 'azure-devops-ui/MessageCard';
import { Component, type ReactNode } from 'react';

/** Says why there is no form: a preview that showed half of it would be believed. */
export function Problem({ message }: { message: string }) {
  return (
    <main className="problem">
      <MessageCard severity={MessageCardSeverity.Error} role="alert">
        {message}
      </MessageCard>
    </main>
  );
}

/** Shows a problem in place of the page wherever drawing it fails. */
export class ProblemBoundary extends Component<{ children: ReactNode }, { message?: string }> {
  override state: { message?: string } = {};

  static getDerivedStateFromError(error: Error): { message: string } {
    return { message: error.message };
  }

  override render() {
    const { message } = this.state;
    return message === undefined ? this.props.children : <Problem message={message} />;
  }
}
