/** Providers of OpenID Connect of the company, as the API has them. */
export interface Provider {
  id: string;
  name: string;
  issuer: string;
  clientId: string;
  hasSecret: boolean;
  scopes: string;
  roleClaim: string | null;
  roleMap: { value: string; role: string }[];
  defaultRoles: string[];
  creates: boolean;
  links: boolean;
  domains: string[];
  enabled: boolean;
  /** People sign in by it only, but those who administer the company. */
  required: boolean;
  signsOut: boolean;
  version: number;
  people: number;
}

export interface ProviderList {
  redirectUri: string;
  signedOutUri: string;
  items: Provider[];
}

export const PROVIDERS_KEY = 'company-providers';
export const PROVIDERS_PATH = '/api/company/providers';
