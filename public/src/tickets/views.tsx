/** The views of the list: one's work, what is open, and filters that one has saved; each is an address. */
import { Suspense, useState } from 'react';
import { api, type ApiError } from '../api/client';
import { setQueryData, useQuery } from '../api/query';
import type { Items, View } from '../api/types';
import { Link, usePlace } from '../router/router';
import { texts } from '../text';
import { toast } from '../toasts/store';
import { Button, IconButton } from '../ui/button';
import { Icon } from '../ui/icons';
import { useWhenIdle } from '../ui/idle';
import { lazyThemed } from '../ui/lazy';
import { apiQuery, filtersOf, isCustom } from './filters';

const viewForm = () => import('./view-form');
const ViewForm = lazyThemed(viewForm);

const KEY = 'views';

/** Assigned to oneself, still open, the most urgent first. */
export const MY_WORK = 'assigneeId=me&sort=priority';

/** What a query asks for, whatever way it is written. */
const meaning = (query: string) => JSON.stringify(apiQuery(filtersOf(new URLSearchParams(query))));

/** The part of the address that makes the view. */
function queryOf(place: URLSearchParams): string {
  const kept = [...place].filter(
    ([name, value]) =>
      value && (['state', 'priority', 'assigneeId', 'q', 'sort'].includes(name) || isCustom(name)),
  );
  return new URLSearchParams(kept).toString();
}

const put = (change: (items: View[]) => View[]) =>
  setQueryData<Items<View>>(KEY, (old) => ({ items: change(old?.items ?? []) }));

const add = (view: View) => put((items) => [...items, view]);

const restore = async ({ name, query }: View) =>
  add(await api.post<View>('/api/views', { name, query }));

async function remove(view: View): Promise<void> {
  try {
    await api.del(`/api/views/${view.id}`);
    put((items) => items.filter((v) => v.id !== view.id));
    toast({
      title: texts.tickets.views.deleted({ name: view.name }),
      action: {
        label: texts.tickets.comments.undo,
        run: () => void restore(view).catch(tell),
      },
    });
  } catch (error) {
    tell(error);
  }
}

const tell = (error: unknown) =>
  toast({ title: texts.tickets.notSaved, message: (error as ApiError).message, tone: 'error' });

export function Views() {
  const { path, query } = usePlace();
  useWhenIdle(viewForm);
  const [naming, setNaming] = useState(false);
  const { data } = useQuery<Items<View>>(KEY, (signal) => api.get('/api/views', { signal }));
  const here = queryOf(query);
  const now = meaning(here);
  const own = data?.items ?? [];
  const views = [
    { id: 'mine', name: texts.tickets.views.mine, query: MY_WORK },
    { id: 'open', name: texts.tickets.views.open, query: '' },
    ...own,
  ];
  const current = views.find((v) => meaning(v.query) === now);
  const saved = own.find((v) => v.id === current?.id);
  return (
    <nav className="views" aria-label={texts.tickets.views.label}>
      <ul>
        {views.map((v) => (
          <li key={v.id}>
            <Link
              to={path + (v.query && `?${v.query}`)}
              className="view"
              aria-current={v === current ? 'true' : undefined}
            >
              {v.name}
            </Link>
          </li>
        ))}
      </ul>
      {saved && (
        <IconButton
          aria-label={texts.tickets.views.delete({ name: saved.name })}
          title={texts.tickets.views.delete({ name: saved.name })}
          onClick={() => void remove(saved)}
        >
          <Icon name="close" size={14} />
        </IconButton>
      )}
      {!current && !naming && data && (
        <Button onClick={() => setNaming(true)}>{texts.tickets.views.save}</Button>
      )}
      {naming && (
        <Suspense fallback={null}>
          <ViewForm
            query={here}
            onSaved={(view) => {
              setNaming(false);
              add(view);
            }}
            onClose={() => setNaming(false)}
          />
        </Suspense>
      )}
    </nav>
  );
}
