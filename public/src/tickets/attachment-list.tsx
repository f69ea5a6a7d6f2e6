/** Files of a ticket: dropped, pasted, chosen or photographed; shown, saved and deleted. */
import Button from '@mui/material/Button';
import IconButton from '@mui/material/IconButton';
import LinearProgress from '@mui/material/LinearProgress';
import Camera from 'lucide-react/icons/camera';
import FileIcon from 'lucide-react/icons/file';
import Paperclip from 'lucide-react/icons/paperclip';
import Trash from 'lucide-react/icons/trash-2';
import { useEffect, useRef, useState, type DragEvent } from 'react';
import type { ApiError } from '../api/client';
import type { Attachment, Ticket } from '../api/types';
import { useMe } from '../auth/session';
import { texts } from '../text';
import { ticketTexts } from '../text/tickets';
import { fileSize, formatShare } from '../ui/amounts';
import { useServerForm } from '../ui/form';
import { FormDialog } from '../ui/form-dialog';
import { Icon } from '../ui/icons';
import { Bars, ErrorState } from '../ui/states';
import { Time } from '../ui/time';
import {
  canShow,
  onePath,
  pasted,
  removeAttachment,
  sendAgain,
  sendFiles,
  stopSending,
  useAttachments,
  useSending,
  type Sending,
} from './attachments';
import { mayChangeTicket } from './own';
import './attachments.css';

/** Used here alone, so not among those of the first screen (ui/icons.tsx). */
const drawn = { className: 'icon', size: 16, strokeWidth: 2, focusable: 'false' } as const;

type Me = { id: string; permissions: readonly string[] };

/** The server decides again; this is for what is offered. */
const mayDelete = (me: Me, file: Attachment) =>
  file.authorId === me.id || me.permissions.includes('tickets:write');

function Item(props: { file: Attachment; onDelete: (() => void) | null }) {
  const { file, onDelete } = props;
  const t = ticketTexts.files;
  const content = `${onePath(file)}/content`;
  const [lost, setLost] = useState(false);
  return (
    <li className="file">
      <span className="file-picture">
        {file.thumbnail && !lost ? (
          <img
            src={`${onePath(file)}/thumbnail`}
            alt=""
            loading="lazy"
            onError={() => setLost(true)}
          />
        ) : (
          <FileIcon {...drawn} size={20} />
        )}
      </span>
      <div className="file-text">
        {canShow(file) ? (
          <a href={`${content}?show=true`} target="_blank" rel="noreferrer" title={file.name}>
            {file.name}
          </a>
        ) : (
          <a href={content} download={file.name} title={file.name}>
            {file.name}
          </a>
        )}
        <p className="soft">
          {fileSize(file.size)} · {file.authorName} · <Time iso={file.createdAt} ago />
        </p>
      </div>
      <IconButton
        component="a"
        href={content}
        download={file.name}
        size="small"
        aria-label={t.download({ name: file.name })}
        title={t.downloadShort}
      >
        <Icon name="download" />
      </IconButton>
      {onDelete && (
        <IconButton
          size="small"
          aria-label={t.delete({ name: file.name })}
          title={t.deleteShort}
          onClick={onDelete}
        >
          <Trash {...drawn} />
        </IconButton>
      )}
    </li>
  );
}

/** The same file is refused again for what it is; not for a limit that somebody raised, or a lost network. */
const mayGoBetter = ({ status }: ApiError) => [0, 409, 429].includes(status) || status >= 500;

function SendingItem({ one }: { one: Sending }) {
  const t = ticketTexts.files;
  const { name } = one.file;
  return (
    <li className="file">
      <span className="file-picture">
        <Icon name={one.error ? 'warning' : 'upload'} size={20} />
      </span>
      <div className="file-text">
        <span className="file-name" title={name}>
          {name}
        </span>
        {one.error ? (
          <p className="error-line" role="alert">
            {one.error.problem.errors?.[0]?.detail ?? one.error.message}
          </p>
        ) : (
          <>
            <p className="soft">
              {fileSize(one.file.size)} ·{' '}
              {one.share === null ? t.waiting : one.share < 1 ? formatShare(one.share) : t.storing}
            </p>
            <LinearProgress
              variant={one.share === 1 ? 'indeterminate' : 'determinate'}
              value={(one.share ?? 0) * 100}
              aria-label={t.sending({ name })}
            />
          </>
        )}
      </div>
      {one.error && mayGoBetter(one.error) && (
        <Button size="small" onClick={() => sendAgain(one)}>
          {texts.retry}
        </Button>
      )}
      <IconButton
        size="small"
        aria-label={one.error ? t.dismiss({ name }) : t.cancel({ name })}
        title={one.error ? t.dismissShort : texts.cancel}
        onClick={() => stopSending(one)}
      >
        <Icon name="close" />
      </IconButton>
    </li>
  );
}

function Delete(props: { ticketId: string; file: Attachment; onClose: () => void }) {
  const { file, onClose } = props;
  const t = ticketTexts.files;
  const of = useServerForm({
    send: () => removeAttachment(props.ticketId, file),
    onDone: onClose,
  });
  return (
    <FormDialog
      title={t.deleteTitle({ name: file.name })}
      submit={t.deleteShort}
      danger
      of={of}
      onClose={onClose}
    >
      <p className="dialog-text">{t.deleteText}</p>
    </FormDialog>
  );
}

function Choose({ onFiles }: { onFiles: (files: File[]) => void }) {
  const t = ticketTexts.files;
  const any = useRef<HTMLInputElement>(null);
  const camera = useRef<HTMLInputElement>(null);
  const input = (label: string) => ({
    type: 'file',
    hidden: true,
    'aria-label': label,
    onChange: (e: React.ChangeEvent<HTMLInputElement>) => {
      onFiles([...(e.target.files ?? [])]);
      e.target.value = '';
    },
  });
  return (
    <span className="file-choose">
      <input ref={any} multiple {...input(t.add)} />
      <input ref={camera} accept="image/*" capture="environment" {...input(t.photo)} />
      <Button size="small" color="inherit" onClick={() => any.current?.click()}>
        <Paperclip {...drawn} /> {t.add}
      </Button>
      <Button
        size="small"
        color="inherit"
        className="file-camera"
        onClick={() => camera.current?.click()}
      >
        <Camera {...drawn} /> {t.photo}
      </Button>
    </span>
  );
}

/** Files that are pasted anywhere on the page while the ticket is open. */
function usePaste(take: (files: File[]) => void): void {
  const latest = useRef(take);
  useEffect(() => {
    latest.current = take;
  });
  useEffect(() => {
    const onPaste = (e: ClipboardEvent) => {
      const files = pasted(e.clipboardData);
      if (files.length === 0) return;
      e.preventDefault();
      latest.current(files);
    };
    document.addEventListener('paste', onPaste);
    return () => document.removeEventListener('paste', onPaste);
  }, []);
}

export function Attachments(props: { heading: 'h2' | 'h3'; ticket: Ticket }) {
  const { heading: Heading, ticket } = props;
  const t = ticketTexts.files;
  const me = useMe();
  const { data, error, refresh } = useAttachments(ticket.id);
  const sending = useSending(ticket.id);
  const [over, setOver] = useState(false);
  const [deleting, setDeleting] = useState<Attachment | null>(null);
  const may = mayChangeTicket(me, ticket);
  const take = (files: File[]) => {
    if (may && files.length) sendFiles(ticket.id, files);
  };
  usePaste(take);
  const isFiles = (e: DragEvent) => may && e.dataTransfer.types.includes('Files');
  const items = data?.items ?? [];
  return (
    <section
      className="files"
      aria-labelledby="files-title"
      data-over={over}
      onDragOver={(e) => {
        if (!isFiles(e)) return;
        e.preventDefault();
        setOver(true);
      }}
      onDragLeave={() => setOver(false)}
      onDrop={(e) => {
        if (!isFiles(e)) return;
        e.preventDefault();
        setOver(false);
        take([...e.dataTransfer.files]);
      }}
    >
      <div className="files-head">
        <Heading id="files-title">
          {t.title}
          {items.length > 0 && <span className="tab-count">{items.length}</span>}
        </Heading>
        {may && <Choose onFiles={take} />}
      </div>
      {error && !data ? (
        <ErrorState error={error} onRetry={refresh} />
      ) : !data ? (
        <Bars rows={2} label={texts.loading} />
      ) : (
        <>
          {items.length + sending.length === 0 && (
            <p className="soft files-none">{may ? t.noneDrop : t.none}</p>
          )}
          {items.length + sending.length > 0 && (
            <ul className="file-list" aria-live="polite" aria-relevant="additions">
              {items.map((file) => (
                <Item
                  key={file.id}
                  file={file}
                  onDelete={may && mayDelete(me, file) ? () => setDeleting(file) : null}
                />
              ))}
              {sending.map((one) => (
                <SendingItem key={one.key} one={one} />
              ))}
            </ul>
          )}
        </>
      )}
      {deleting && (
        <Delete ticketId={ticket.id} file={deleting} onClose={() => setDeleting(null)} />
      )}
    </section>
  );
}
