-- plugin_compat.sql - statements of cli/plugin_compat.c; see scripts/embed-sql.
-- as: mortise_admin

-- name: compat_installed
select p.plugin_key, p.version, p.sha256, count(*), p.manifest ->> 'host', p.manifest -> 'abi'
from mortise.installations i join mortise.plugin_packages p on p.sha256 = i.package_sha256
group by p.sha256 order by p.plugin_key collate "C", p.version
