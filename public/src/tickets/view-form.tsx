/** What is shown now gets a name and becomes a view. */
import { api } from '../api/client';
import { postViews } from '../api/resources';
import type { View } from '../api/types';
import { texts } from '../text';
import { Button } from '../ui/button';
import { FormError, TextInput, useServerForm } from '../ui/form';

export default function ViewForm(props: {
  query: string;
  onSaved: (view: View) => void;
  onClose: () => void;
}) {
  const of = useServerForm({
    start: { name: '' },
    rules: postViews,
    body: ({ name }) => ({ name: name.trim(), query: props.query }),
    send: (body) => api.post<View>('/api/views', body),
    onDone: props.onSaved,
  });
  return (
    <form
      className="view-form"
      noValidate
      onSubmit={(e) => void of.submit(e)}
      onKeyDown={(e) => {
        if (e.key !== 'Escape') return;
        e.stopPropagation();
        props.onClose();
      }}
    >
      <TextInput
        of={of}
        name="name"
        hiddenLabel
        fullWidth={false}
        autoFocus
        placeholder={texts.tickets.views.name}
        slotProps={{ htmlInput: { 'aria-label': texts.tickets.views.name } }}
      />
      <Button type="submit" variant="outlined" loading={of.busy}>
        {texts.save}
      </Button>
      <Button onClick={props.onClose}>{texts.cancel}</Button>
      <FormError of={of} />
    </form>
  );
}
