-- $1 tenant_id, $2 token_hash, $3 now in ms.
select s.created_at_ms, s.expires_at_ms,
       a.tenant_id, a.user_id, a.login, a.password_hash, a.role, a.agent_id, a.display_name, a.active
from session s
join user_account a using (tenant_id, user_id)
where s.tenant_id = $1 and s.token_hash = $2 and s.expires_at_ms > $3 and a.active
