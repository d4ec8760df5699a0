-- The functions that policies written for Supabase call, over the claims of the transaction's user, so that such
-- policies run unchanged. A database of Supabase's has them, reading the same setting: what exists is left as it is.
--
-- Every role is subject to policies here, `service_role` too: what it may do, a policy says.

do $$
declare
  v_function record;
begin
  for v_function in
    select * from (values
      ('jwt', 'jsonb', $body$nullif(current_setting('request.jwt.claims', true), '')::jsonb$body$),
      ('uid', 'uuid', $body$(nullif(current_setting('request.jwt.claims', true), '')::jsonb ->> 'sub')::uuid$body$),
      ('role', 'text', $body$nullif(current_setting('request.jwt.claims', true), '')::jsonb ->> 'role'$body$),
      ('email', 'text', $body$nullif(current_setting('request.jwt.claims', true), '')::jsonb ->> 'email'$body$)
    ) as f (name, result, expression)
  loop
    -- By the catalog: whoever may not use the schema gets an error from to_regprocedure.
    continue when exists (
      select from pg_proc p join pg_namespace n on n.oid = p.pronamespace
      where n.nspname = 'auth' and p.proname = v_function.name and p.pronargs = 0);
    begin
      -- One expression, which the planner puts into the policy that calls it.
      execute format('create function auth.%I() returns %s language sql stable return %s',
                     v_function.name, v_function.result, v_function.expression);
      execute format('grant execute on function auth.%I() to app, maintenance, anon, authenticated, service_role',
                     v_function.name);
    exception when insufficient_privilege then
      -- A schema of the same name that is somebody else's to complete. Only policies that call the function need it.
      raise warning 'auth.%() was not created (%). If policies call it, the owner of schema auth must create it.',
        v_function.name, sqlerrm;
    end;
  end loop;
end
$$;
