/** What bundles share with the app beside React: only ever imported lazily, see globals.ts. */
import * as styled from '@emotion/styled';

export { loadMui, MUI } from './mui';
export * as emotionReact from '@emotion/react';
export * as ReactRouterDOM from 'react-router-dom';
export { contract } from './contract';
// What an IIFE bundle calls is either the namespace or its default: serve both.
export const emotionStyled = Object.assign(styled.default.bind(null), styled.default, {
  default: styled.default,
});
// Every plugin's component is drawn inside of the theme.
import '../ui/themed';
