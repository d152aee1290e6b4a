import { useEffect, useRef } from 'react';

export interface Question {
  title: string;
  text: string;
  /** What the button says that does it. */
  verb: string;
  run: () => void;
}

/** Asks before what cannot be undone. */
export function Confirm({ question, onClose }: { question: Question; onClose: () => void }) {
  const dialog = useRef<HTMLDialogElement>(null);
  useEffect(() => {
    dialog.current?.showModal();
  }, []);
  return (
    <dialog ref={dialog} className="dialog" aria-labelledby="question" onClose={onClose}>
      <h2 id="question">{question.title}</h2>
      <p>{question.text}</p>
      <div className="dialog-buttons">
        <button type="button" className="button" onClick={() => dialog.current?.close()}>Cancel</button>
        <button
          type="button"
          className="button danger"
          onClick={() => {
            dialog.current?.close();
            question.run();
          }}
        >
          {question.verb}
        </button>
      </div>
    </dialog>
  );
}
