/** Takes a version out of this server's catalogue, once somebody has said yes. */
import { T } from '../text';
import { M } from '../text/manage';
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
      title={M.deleteTitle(name, version)}
      text={M.deleteText}
      confirm={T.plugins.remove}
      danger
      run={() => deleteVersion(pluginKey, version)}
      onClose={props.onClose}
    />
  );
}
