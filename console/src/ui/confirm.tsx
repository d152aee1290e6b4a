import { Dialog } from './dialog';

export interface Question {
  title: string;
  text: string;
  /** What the button says that does it. */
  verb: string;
  run: () => void;
}

/** Asks before what cannot be undone. */
export function Confirm({ question, onClose }: { question: Question; onClose: () => void }) {
  const { title, text, verb, run } = question;
  const buttons = (close: () => void) => (
    <>
      <button type="button" className="button" onClick={close}>Cancel</button>
      <button
        type="button"
        className="button danger"
        onClick={() => {
          close();
          run();
        }}
      >
        {verb}
      </button>
    </>
  );
  return (
    <Dialog title={title} buttons={buttons} onClose={onClose}>
      <p>{text}</p>
    </Dialog>
  );
}
