/** What bundles share with the app beside React, as a whole: only ever imported lazily, see globals.ts. */
import * as styled from '@emotion/styled';

export * as MUI from '@mui/material';
export * as emotionReact from '@emotion/react';
export * as ReactRouterDOM from 'react-router-dom';
// What an IIFE bundle calls is either the namespace or its default: serve both.
export const emotionStyled = Object.assign(styled.default.bind(null), styled.default, {
  default: styled.default,
});
// Every plugin's component is drawn inside of the theme.
import '../ui/themed';
