import { useQueryClient } from '@tanstack/react-query';
import { useState, type FormEvent } from 'react';
import { api } from './api/client';
import { messageOf, type ApiError } from './api/errors';
import { Logo } from './ui/icons';

/** `refusal` is the 401 of /v1/me: its details say which profile the server runs and whether registration is open. */
export function SignIn({ refusal }: { refusal: ApiError }) {
  if (refusal.details['profile'] === 'single') return <NeedsLink />;
  return <SignInForm registrationOpen={refusal.details['registration'] === 'open'} />;
}

function NeedsLink() {
  return (
    <main className="card-page">
      <div className="card">
        <Logo />
        <h1>This server asks for its link</h1>
        <p>It printed one with a token when it started. Open that link once in this browser.</p>
      </div>
    </main>
  );
}

function SignInForm({ registrationOpen }: { registrationOpen: boolean }) {
  const client = useQueryClient();
  const [registering, setRegistering] = useState(false);
  const [problem, setProblem] = useState<string | null>(null);
  const [busy, setBusy] = useState(false);

  const submit = async (event: FormEvent<HTMLFormElement>) => {
    event.preventDefault();
    const form = new FormData(event.currentTarget);
    const [email, password] = [String(form.get('email')), String(form.get('password'))];
    setBusy(true);
    setProblem(null);
    try {
      await (registering ? api.register(email, password) : api.signIn(email, password));
      await client.resetQueries();
    } catch (error) {
      setProblem(messageOf(error));
      setBusy(false);
    }
  };

  return (
    <main className="card-page">
      <form className="card" onSubmit={(event) => void submit(event)}>
        <Logo />
        <h1>{registering ? 'Create an account' : 'Sign in to Medialith'}</h1>
        <label>
          Email
          <input name="email" type="email" autoComplete="username" required autoFocus />
        </label>
        <label>
          Password
          <input
            name="password"
            type="password"
            autoComplete={registering ? 'new-password' : 'current-password'}
            required
          />
        </label>
        {problem !== null && <p className="problem" role="alert">{problem}</p>}
        <button type="submit" className="button accent" disabled={busy}>
          {registering ? 'Create account' : 'Sign in'}
        </button>
        {registrationOpen && (
          <button type="button" className="link" onClick={() => setRegistering(!registering)}>
            {registering ? 'I have an account' : 'Create an account'}
          </button>
        )}
      </form>
    </main>
  );
}
