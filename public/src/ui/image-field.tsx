/** Choosing a picture: it is cut and scaled here, so that a photo of a phone fits. */
import Button from '@mui/material/Button';
import { useRef, useState, type ReactNode } from 'react';
import { ApiError, request } from '../api/client';
import { fieldTexts } from '../text/fields';
import './form.css';

export interface Shape {
  side: number;
  /** Fills the square, and loses its edges; else all of it is in the square. */
  fill: boolean;
  type: 'image/jpeg' | 'image/png';
}

/** Null = this browser can't read the file. */
export async function squared(file: Blob, { side, fill, type }: Shape): Promise<Blob | null> {
  let picture: ImageBitmap;
  try {
    picture = await createImageBitmap(file);
  } catch {
    return null;
  }
  const canvas = document.createElement('canvas');
  canvas.width = canvas.height = side;
  const scale = (fill ? Math.max : Math.min)(side / picture.width, side / picture.height);
  const [width, height] = [picture.width * scale, picture.height * scale];
  const on = canvas.getContext('2d');
  if (!on) return null;
  on.imageSmoothingQuality = 'high';
  on.drawImage(picture, (side - width) / 2, (side - height) / 2, width, height);
  picture.close();
  return new Promise((done) => canvas.toBlob(done, type, 0.85));
}

export function ImageField(props: {
  label: string;
  path: string;
  shape: Shape;
  /** What is there now. */
  shown: ReactNode;
  has: boolean;
  onDone: (hash: string | null) => void;
}) {
  const { path } = props;
  const input = useRef<HTMLInputElement>(null);
  const [busy, setBusy] = useState(false);
  const [fault, setFault] = useState<string | null>(null);
  const send = async (action: () => Promise<string | null>) => {
    setBusy(true);
    setFault(null);
    try {
      props.onDone(await action());
    } catch (error) {
      if (!(error instanceof ApiError)) throw error;
      setFault(error.message);
    } finally {
      setBusy(false);
    }
  };
  const choose = async (file: File | undefined) => {
    if (!file) return;
    const body = await squared(file, props.shape);
    if (!body) return setFault(fieldTexts.image.unreadable);
    await send(async () => (await request<{ hash: string }>('PUT', path, { body })).data.hash);
  };
  return (
    <div className="image-field" role="group" aria-label={props.label}>
      <span className="image-label">{props.label}</span>
      {props.shown}
      <input
        ref={input}
        type="file"
        accept="image/*"
        hidden
        aria-label={props.label}
        onChange={(e) => {
          void choose(e.target.files?.[0]);
          e.target.value = '';
        }}
      />
      <Button variant="outlined" size="small" loading={busy} onClick={() => input.current?.click()}>
        {props.has ? fieldTexts.image.change : fieldTexts.image.choose}
      </Button>
      {props.has && (
        <Button
          color="inherit"
          size="small"
          disabled={busy}
          onClick={() =>
            void send(async () => {
              await request('DELETE', path);
              return null;
            })
          }
        >
          {fieldTexts.image.remove}
        </Button>
      )}
      {fault && (
        <p role="alert" className="field-fault">
          {fault}
        </p>
      )}
    </div>
  );
}
