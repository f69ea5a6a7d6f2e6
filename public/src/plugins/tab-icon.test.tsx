// @vitest-environment jsdom
import { cleanup, render, waitFor } from '@testing-library/react';
import { afterEach, expect, it } from 'vitest';
import { TabIcon } from './tab-icon';

afterEach(cleanup);

it('draws an icon by its name, and a character as it is', async () => {
  const { container, rerender } = render(<TabIcon icon="Database" />);
  await waitFor(() => expect(container.querySelector('.lucide-database')).not.toBeNull());
  rerender(<TabIcon icon="⏰" />);
  expect(container.textContent).toBe('⏰');
});
