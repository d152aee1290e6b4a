import { useQueryClient } from '@tanstack/react-query';
import { useState, type FormEvent } from 'react';
import { api } from './api/client';
import { messageOf, type ApiError } from './api/errors';
import { Logo } from './ui/icons';

interface SignInProps {
  /** The 401 of /v1/me: its details say which profile the server runs and whether registration is open. */
  refusal: ApiError;
  /** Of a printed link that lets its bearer make the first admin. */
  setupToken: string | null;
}

export function SignIn({ refusal, setupToken }: SignInProps) {
  if (refusal.details['profile'] === 'single') return <NeedsLink />;
  return <AccountForm registrationOpen={refusal.details['registration'] === true} setupToken={setupToken} />;
}

function NeedsLink() {
  return (
    <main className="card-page">
      <div className="card">
        <Logo />
        <h1>This server asks for its link</h1>
        <p>It printed one with a token when it first started. Open that link once in this browser.</p>
      </div>
    </main>
  );
}

type Purpose = 'sign in' | 'register' | 'set up';

const words: Record<Purpose, { title: string; button: string }> = {
  'sign in': { title: 'Sign in to Medialith', button: 'Sign in' },
  register: { title: 'Create an account', button: 'Create account' },
  'set up': { title: 'Make the first admin', button: 'Create and sign in' },
};

function AccountForm({ registrationOpen, setupToken }: { registrationOpen: boolean; setupToken: string | null }) {
  const client = useQueryClient();
  const [purpose, setPurpose] = useState<Purpose>(setupToken === null ? 'sign in' : 'set up');
  const [problem, setProblem] = useState<string | null>(null);
  const [busy, setBusy] = useState(false);
  const isNew = purpose !== 'sign in';

  const submit = async (event: FormEvent<HTMLFormElement>) => {
    event.preventDefault();
    const form = new FormData(event.currentTarget);
    const [email, password] = [String(form.get('email')), String(form.get('password'))];
    setBusy(true);
    setProblem(null);
    try {
      if (purpose === 'set up') await api.setUp(setupToken ?? '', email, password);
      else await (purpose === 'register' ? api.register(email, password) : api.signIn(email, password));
      await client.resetQueries();
    } catch (error) {
      setProblem(messageOf(error));
      setBusy(false);
    }
  };
  const turnTo = (next: Purpose) => {
    setPurpose(next);
    setProblem(null);
  };

  return (
    <main className="card-page">
      <form className="card" onSubmit={(event) => void submit(event)}>
        <Logo />
        <h1>{words[purpose].title}</h1>
        {purpose === 'set up' && <p>Nobody can sign in to this server yet. This account will run it.</p>}
        <label>
          Email
          <input name="email" type="email" autoComplete="username" required autoFocus />
        </label>
        <label>
          {isNew ? 'Password, at least 8 characters' : 'Password'}
          <input name="password" type="password" autoComplete={isNew ? 'new-password' : 'current-password'} required />
        </label>
        {problem !== null && <p className="problem" role="alert">{problem}</p>}
        <button type="submit" className="button accent" disabled={busy}>
          {words[purpose].button}
        </button>
        {purpose === 'sign in' && registrationOpen && (
          <button type="button" className="link" onClick={() => turnTo('register')}>
            Create an account
          </button>
        )}
        {isNew && (
          <button type="button" className="link" onClick={() => turnTo('sign in')}>
            I have an account
          </button>
        )}
      </form>
    </main>
  );
}
