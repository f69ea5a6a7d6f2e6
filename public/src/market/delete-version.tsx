/** Takes a version out of this server's catalogue, once somebody has said yes. */
import { texts } from '../text';
import { manageTexts } from '../text/manage';
import { deleteVersion } from './calls';
import { Confirm } from './confirm';

export function DeleteVersion(props: {
  pluginKey: string;
  name: string;
  version: string;
  onClose: () => void;
}) {
  const { pluginKey, name, version } = props;
  return (
    <Confirm
      title={manageTexts.deleteTitle({ name, v: version })}
      text={manageTexts.deleteText}
      confirm={texts.plugins.remove}
      danger
      run={() => deleteVersion(pluginKey, version)}
      onClose={props.onClose}
    />
  );
}
