/**
 * The global `MUI` (and `MaterialUI`) of bundles: an object with all names of @mui/material, of which those are loaded
 * that a bundle mentions. Which ones it mentions is read from its text before it runs.
 */
import { lazy, type ComponentType, type LazyExoticComponent } from 'react';
import { others, parts } from 'mui:parts';

const loaded: Record<string, unknown> = {};
const loading = new Map<string, Promise<void>>();
const late = new Map<string, LazyExoticComponent<ComponentType>>();

const capital = (word: string) => word.charAt(0).toUpperCase() + word.slice(1);

/** The folder that has a name: "buttonClasses" is in Button. */
function folderOf(word: string): string | undefined {
  if (Object.hasOwn(parts, word)) return word;
  if (Object.hasOwn(others, word)) return others[word];
  const of = /^(?:get(\w+)UtilityClass|(\w+)Classes)$/.exec(word);
  const folder = of && (of[1] ?? capital(of[2]!));
  return folder && Object.hasOwn(parts, folder) ? folder : undefined;
}

function loadFolder(folder: string): Promise<void> {
  let found = loading.get(folder);
  if (!found) {
    found = parts[folder]!().then(
      (module) => {
        for (const [name, value] of Object.entries(module))
          loaded[name === 'default' ? folder : name] = value;
      },
      (error) => {
        loading.delete(folder);
        throw error;
      },
    );
    loading.set(folder, found);
  }
  return found;
}

/** The folders that a script can want: every word in it may be a name. */
export function foldersIn(script: string): Set<string> {
  const words = new Set<string>();
  for (const [word] of script.matchAll(/[A-Za-z_]\w*/g)) words.add(word);
  const folders = new Set<string>();
  for (const word of words) {
    const folder = folderOf(word);
    if (folder) folders.add(folder);
  }
  return folders;
}

export const loadMui = async (script: string): Promise<void> => {
  await Promise.all([...foldersIn(script)].map(loadFolder));
};

/** A component whose name the script didn't have, such as one that a server sent, comes when it is drawn. */
function lateComponent(folder: string): LazyExoticComponent<ComponentType> | undefined {
  if (!/^[A-Z]/.test(folder)) return undefined;
  let found = late.get(folder);
  if (!found) {
    found = lazy(async () => {
      await loadFolder(folder);
      return { default: loaded[folder] as ComponentType };
    });
    late.set(folder, found);
  }
  return found;
}

export const MUI: Record<string, unknown> = {};
for (const folder of Object.keys(parts)) {
  const first = folder.charAt(0).toLowerCase() + folder.slice(1);
  Object.defineProperty(MUI, folder, {
    enumerable: true,
    get: () => loaded[folder] ?? lateComponent(folder),
  });
  for (const name of [`${first}Classes`, `get${folder}UtilityClass`])
    Object.defineProperty(MUI, name, { enumerable: true, get: () => loaded[name] });
}
for (const name of Object.keys(others))
  Object.defineProperty(MUI, name, { enumerable: true, get: () => loaded[name] });
