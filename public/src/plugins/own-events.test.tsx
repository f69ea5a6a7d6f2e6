// @vitest-environment jsdom
import { render } from '@testing-library/react';
import { expect, it, vi } from 'vitest';
import { OwnPlugin, usePluginEvents } from './own-events';

let raise: (type: string) => void = () => {};
vi.mock('../events/live', () => ({
  useEvents: (_: unknown, handler: (event: { type: string }) => void) => {
    raise = (type) => handler({ type });
  },
}));

it.each([
  ['parts', ['TicketUpdated', 'parts.Moved']],
  [null, ['TicketUpdated']],
])('a component of %s hears %s', (key, wanted) => {
  const heard: string[] = [];
  const Listener = () => {
    usePluginEvents('*', (event) => void heard.push(event.type));
    return null;
  };
  render(
    <OwnPlugin.Provider value={key}>
      <Listener />
    </OwnPlugin.Provider>,
  );
  ['TicketUpdated', 'parts.Moved', 'parts-list.Moved', 'par.Moved'].forEach((type) => raise(type));
  expect(heard).toEqual(wanted);
});
