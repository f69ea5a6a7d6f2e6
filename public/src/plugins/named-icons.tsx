/** Icons that plugins name, as lucide calls them; a name that isn't here is a piece of a puzzle. */
import Activity from 'lucide-react/icons/activity';
import Bell from 'lucide-react/icons/bell';
import Box from 'lucide-react/icons/box';
import Boxes from 'lucide-react/icons/boxes';
import Brain from 'lucide-react/icons/brain';
import Briefcase from 'lucide-react/icons/briefcase';
import Calendar from 'lucide-react/icons/calendar';
import ChartColumn from 'lucide-react/icons/chart-column';
import Clock from 'lucide-react/icons/clock';
import Cloud from 'lucide-react/icons/cloud';
import Cpu from 'lucide-react/icons/cpu';
import Database from 'lucide-react/icons/database';
import FileJson from 'lucide-react/icons/file-json';
import FileSpreadsheet from 'lucide-react/icons/file-spreadsheet';
import FileText from 'lucide-react/icons/file-text';
import Folder from 'lucide-react/icons/folder';
import GitBranch from 'lucide-react/icons/git-branch';
import Globe from 'lucide-react/icons/globe';
import Layers from 'lucide-react/icons/layers';
import Link from 'lucide-react/icons/link';
import List from 'lucide-react/icons/list';
import MessageSquare from 'lucide-react/icons/message-square';
import Package from 'lucide-react/icons/package';
import Puzzle from 'lucide-react/icons/puzzle';
import RefreshCw from 'lucide-react/icons/refresh-cw';
import Settings from 'lucide-react/icons/settings';
import Shield from 'lucide-react/icons/shield';
import Star from 'lucide-react/icons/star';
import Table from 'lucide-react/icons/table';
import Tag from 'lucide-react/icons/tag';
import TriangleAlert from 'lucide-react/icons/triangle-alert';
import Upload from 'lucide-react/icons/upload';
import Users from 'lucide-react/icons/users';
import Wrench from 'lucide-react/icons/wrench';

const ICONS: Record<string, typeof Puzzle> = {
  Activity,
  Bell,
  Box,
  Boxes,
  Brain,
  Briefcase,
  Calendar,
  ChartColumn,
  Clock,
  Cloud,
  Cpu,
  Database,
  FileJson,
  FileSpreadsheet,
  FileText,
  Folder,
  GitBranch,
  Globe,
  Layers,
  Link,
  List,
  MessageSquare,
  Package,
  Puzzle,
  RefreshCw,
  Settings,
  Shield,
  Star,
  Table,
  Tag,
  TriangleAlert,
  Upload,
  Users,
  Wrench,
  AlertTriangle: TriangleAlert,
  BarChart: ChartColumn,
};

export default function NamedIcon({ name }: { name: string }) {
  const Icon = ICONS[name] ?? Puzzle;
  return <Icon size={14} aria-hidden="true" />;
}
