// What the compiler can't see: hooks, promises that nobody waits for, what assistive technology needs.
import a11y from 'eslint-plugin-jsx-a11y';
import hooks from 'eslint-plugin-react-hooks';
import tseslint from 'typescript-eslint';

const PRESSED = ['onClick', 'onMouseDown', 'onMouseUp', 'onKeyPress', 'onKeyDown', 'onKeyUp'];

export default tseslint.config(
  ...tseslint.configs.recommended,
  hooks.configs['recommended-latest'],
  a11y.flatConfigs.strict,
  {
    languageOptions: {
      parserOptions: {
        project: ['tsconfig.json', 'tsconfig.plugins.json'],
        tsconfigRootDir: import.meta.dirname,
      },
    },
    rules: {
      '@typescript-eslint/no-floating-promises': 'error',
      '@typescript-eslint/no-unused-vars': [
        'error',
        { varsIgnorePattern: '^_', argsIgnorePattern: '^_' },
      ],
      'react-hooks/exhaustive-deps': 'error',
      // A dialog puts the focus on its first field; only a plain element may not take it.
      'jsx-a11y/no-autofocus': ['error', { ignoreNonDOM: true }],
      // What scrolls must be reachable by keyboard.
      'jsx-a11y/no-noninteractive-tabindex': [
        'error',
        { tags: ['pre', 'ol', 'code'], roles: ['region', 'tabpanel'] },
      ],
      // Shortcuts of everything inside (Ctrl+Enter, arrows between boxes), and where files may be dropped.
      'jsx-a11y/no-noninteractive-element-interactions': [
        'error',
        { handlers: PRESSED, form: ['onKeyDown'], table: ['onKeyDown'] },
      ],
      'jsx-a11y/no-static-element-interactions': ['error', { handlers: PRESSED }],
    },
  },
);
