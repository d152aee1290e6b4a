import { QueryClientProvider } from '@tanstack/react-query';
import { StrictMode } from 'react';
import { createRoot } from 'react-dom/client';
import { App } from './app';
import { api } from './api/client';
import { queryClient } from './api/queries';
import { parsePrintedLink, takePrintedLink } from './printed_link';
import './styles/base.css';
import './styles/shell.css';
import './styles/bar.css';
import './styles/grid.css';
import './styles/inspector.css';
import './styles/uploads.css';

const root = document.getElementById('root');
if (root === null) throw new Error('index.html has no #root');
const link = takePrintedLink();
// An old or wrong one changes nothing: the page then says itself what it lacks.
if (link?.kind === 'token') await api.signInByToken(link.secret).catch(() => undefined);
// Opened where the page is already, a link changes only what stands behind #.
addEventListener('hashchange', () => {
  if (parsePrintedLink(location.hash) !== null) location.reload();
});
createRoot(root).render(
  <StrictMode>
    <QueryClientProvider client={queryClient}>
      <App setupToken={link?.kind === 'setup' ? link.secret : null} />
    </QueryClientProvider>
  </StrictMode>,
);
