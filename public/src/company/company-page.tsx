/** Settings -> Company: what it says about itself, and its export. */
import { api } from '../api/client';
import { useQuery } from '../api/query';
import { May } from '../auth/may';
import { useEvents } from '../events/live';
import { texts } from '../text';
import { companyTexts } from '../text/company';
import { Page } from '../ui/page';
import { Bars, ErrorState } from '../ui/states';
import { CompanyForm, KEY, PATH } from './company-form';
import { Exports } from './exports';
import { CustomFields } from './custom-fields';
import { CompanyLimits } from './limits';
import type { Company } from './profile';
import { Providers } from './providers';
import './company.css';

export default function CompanyPage() {
  const { data, error, refresh } = useQuery<Company>(KEY, (signal) => api.get(PATH, { signal }));
  useEvents(['TenantUpdated', 'OrganizationUpdated'], refresh);
  return (
    <Page title={companyTexts.title}>
      {data ? (
        <>
          <CompanyForm company={data} />
          <May permission="company:manage">
            <CompanyLimits />
            <h2 className="company-heading">{companyTexts.fields.title}</h2>
            <CustomFields />
            <h2 className="company-heading">{companyTexts.providers.title}</h2>
            <Providers />
          </May>
          <May permission="company:export">
            <h2 className="company-heading">{companyTexts.exports.title}</h2>
            <Exports path={`${PATH}/exports`} />
          </May>
        </>
      ) : error ? (
        <ErrorState error={error} onRetry={refresh} />
      ) : (
        <Bars rows={3} label={texts.loading} />
      )}
    </Page>
  );
}
