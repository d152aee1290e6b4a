import { useEffect, useId, useRef, type ReactNode } from 'react';

interface DialogProps {
  title: string;
  children: ReactNode;
  /** The buttons at its foot; `close` closes it. */
  buttons: (close: () => void) => ReactNode;
  /** It is closed, by a button or by Esc. */
  onClose: () => void;
}

/** Stands before the page until it is closed. */
export function Dialog({ title, children, buttons, onClose }: DialogProps) {
  const dialog = useRef<HTMLDialogElement>(null);
  const titleId = useId();
  useEffect(() => {
    dialog.current?.showModal();
  }, []);
  return (
    <dialog ref={dialog} className="dialog" aria-labelledby={titleId} onClose={onClose}>
      <h2 id={titleId}>{title}</h2>
      {children}
      <div className="dialog-buttons">{buttons(() => dialog.current?.close())}</div>
    </dialog>
  );
}
