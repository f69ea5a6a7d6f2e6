/** Which day it is in the company. */
import { companyDayAt } from '../text';

export const today = (): string => companyDayAt(new Date());
