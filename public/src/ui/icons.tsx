/** Icons of Lucide, by what they stand for here: one module each, so that a page loads the ones below alone. */
import ArrowLeft from 'lucide-react/icons/arrow-left';
import ArrowUp from 'lucide-react/icons/arrow-up';
import Bell from 'lucide-react/icons/bell';
import ChartColumn from 'lucide-react/icons/chart-column';
import Check from 'lucide-react/icons/check';
import ChevronDown from 'lucide-react/icons/chevron-down';
import ChevronLeft from 'lucide-react/icons/chevron-left';
import ChevronRight from 'lucide-react/icons/chevron-right';
import Clock from 'lucide-react/icons/clock';
import Download from 'lucide-react/icons/download';
import Ellipsis from 'lucide-react/icons/ellipsis';
import ExternalLink from 'lucide-react/icons/external-link';
import Eye from 'lucide-react/icons/eye';
import EyeOff from 'lucide-react/icons/eye-off';
import Info from 'lucide-react/icons/info';
import KeyRound from 'lucide-react/icons/key-round';
import Keyboard from 'lucide-react/icons/keyboard';
import LayoutDashboard from 'lucide-react/icons/layout-dashboard';
import Link from 'lucide-react/icons/link';
import ListFilter from 'lucide-react/icons/list-filter';
import LogOut from 'lucide-react/icons/log-out';
import Menu from 'lucide-react/icons/menu';
import Monitor from 'lucide-react/icons/monitor';
import Moon from 'lucide-react/icons/moon';
import Pause from 'lucide-react/icons/pause';
import Pencil from 'lucide-react/icons/pencil';
import Play from 'lucide-react/icons/play';
import Plug from 'lucide-react/icons/plug';
import Plus from 'lucide-react/icons/plus';
import Printer from 'lucide-react/icons/printer';
import RefreshCw from 'lucide-react/icons/refresh-cw';
import Search from 'lucide-react/icons/search';
import Send from 'lucide-react/icons/send';
import Shield from 'lucide-react/icons/shield';
import SlidersHorizontal from 'lucide-react/icons/sliders-horizontal';
import Sun from 'lucide-react/icons/sun';
import Table from 'lucide-react/icons/table';
import TextAlignStart from 'lucide-react/icons/text-align-start';
import TriangleAlert from 'lucide-react/icons/triangle-alert';
import Upload from 'lucide-react/icons/upload';
import Users from 'lucide-react/icons/users';
import WifiOff from 'lucide-react/icons/wifi-off';
import X from 'lucide-react/icons/x';

const ICONS = {
  tickets: TextAlignStart,
  dashboard: LayoutDashboard,
  people: Users,
  reports: ChartColumn,
  bell: Bell,
  send: Send,
  settings: SlidersHorizontal,
  plugin: Plug,
  search: Search,
  plus: Plus,
  close: X,
  check: Check,
  down: ChevronDown,
  right: ChevronRight,
  left: ChevronLeft,
  more: Ellipsis,
  show: Eye,
  hide: EyeOff,
  edit: Pencil,
  link: Link,
  sun: Sun,
  moon: Moon,
  system: Monitor,
  key: KeyRound,
  keyboard: Keyboard,
  signout: LogOut,
  upload: Upload,
  download: Download,
  back: ArrowLeft,
  pause: Pause,
  play: Play,
  clock: Clock,
  warning: TriangleAlert,
  info: Info,
  offline: WifiOff,
  filter: ListFilter,
  shield: Shield,
  external: ExternalLink,
  refresh: RefreshCw,
  table: Table,
  print: Printer,
  up: ArrowUp,
  menu: Menu,
} as const;

export type IconName = keyof typeof ICONS;

/** In the colour of the text around it; what it means is said by that text, or by the label of its button. */
export function Icon({ name, size = 16 }: { name: IconName; size?: number }) {
  const Drawn = ICONS[name];
  return (
    <Drawn className="icon" size={size} strokeWidth={size < 16 ? 2.25 : 2} focusable="false" />
  );
}
