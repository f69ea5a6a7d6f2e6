/** Which day it is in the company. */
import { dayAt } from '../text';

export const today = (): string => dayAt(new Date());
