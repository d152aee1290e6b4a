import { Dialog } from '../ui/dialog';
import { useSingleKeys } from '../ui/single_keys';

const shortcuts: [string[], string][] = [
  [['/'], 'search'],
  [['←', '→', '↑', '↓'], 'from tile to tile'],
  [['Home', 'End'], 'to the first, to the last that is loaded'],
  [['Enter'], 'open'],
  [['Space'], 'select'],
  [['Shift', 'arrows'], 'select a range'],
  [['Ctrl', 'A'], 'select all that are loaded'],
  [['f'], 'favourite'],
  [['1', '…', '5'], 'rate; 0 takes the rating back'],
  [['Del'], 'into the trash'],
  [['Ctrl', 'Z'], 'undo'],
  [['Esc'], 'close, or select nothing'],
  [['?'], 'this list'],
];

export function Shortcuts({ onClose }: { onClose: () => void }) {
  const [singleKeys, setSingleKeys] = useSingleKeys();
  const buttons = (close: () => void) => (
    <button type="button" className="button" onClick={close}>Close</button>
  );
  return (
    <Dialog title="Keys" buttons={buttons} onClose={onClose}>
      <dl className="shortcuts">
        {shortcuts.map(([keys, meaning]) => (
          <div key={meaning}>
            <dt>{keys.map((key) => <kbd key={key}>{key}</kbd>)}</dt>
            <dd>{meaning}</dd>
          </div>
        ))}
      </dl>
      <label className="check">
        <input type="checkbox" checked={singleKeys} onChange={({ target }) => setSingleKeys(target.checked)} />
        Letters, digits and signs alone do something
      </label>
    </Dialog>
  );
}
