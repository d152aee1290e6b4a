import { useMe } from './api/queries';
import { ApiError } from './api/errors';
import { LibraryPage } from './library/page';
import { SignIn } from './sign_in';
import { Notice } from './ui/notice';

/** Decides what the visitor sees: the library, the sign-in form, or why neither can be shown. */
export function App({ setupToken }: { setupToken: string | null }) {
  const me = useMe();
  if (me.error instanceof ApiError && me.error.status === 401)
    return <SignIn refusal={me.error} setupToken={setupToken} />;
  if (me.data !== undefined) return <LibraryPage me={me.data} />;
  if (me.error instanceof ApiError) {
    return (
      <Notice title="The server refused this page" requestId={me.error.requestId} onRetry={() => void me.refetch()}>
        {me.error.message}
      </Notice>
    );
  }
  if (me.error !== null) {
    return (
      <Notice title="The server does not answer" onRetry={() => void me.refetch()}>
        Nothing came back from <code>{location.host}</code>. What it has acknowledged is on its disk. This page tries
        again every two seconds.
      </Notice>
    );
  }
  return <div className="blank" aria-busy="true" aria-label="Loading" />;
}
