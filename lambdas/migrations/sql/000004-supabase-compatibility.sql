-- The functions that policies written for Supabase call, over the claims of the transaction's user, so that such
-- policies run unchanged.
--
-- A database of Supabase's has them, and they read the same setting: what exists is left as it is. `service_role`
-- is no BYPASSRLS here: what it may see, a policy says.

do $$
declare
  v_function record;
  v_role text;
begin
  for v_function in
    select * from (values
      ('auth.jwt()', 'jsonb', $body$nullif(current_setting('request.jwt.claims', true), '')::jsonb$body$),
      ('auth.uid()', 'uuid', $body$(nullif(current_setting('request.jwt.claims', true), '')::jsonb ->> 'sub')::uuid$body$),
      ('auth.role()', 'text', $body$nullif(current_setting('request.jwt.claims', true), '')::jsonb ->> 'role'$body$),
      ('auth.email()', 'text', $body$nullif(current_setting('request.jwt.claims', true), '')::jsonb ->> 'email'$body$)
    ) as f (signature, result, expression)
  loop
    if to_regprocedure(v_function.signature) is null then
      begin
        -- One expression, so that the planner puts it into the policy and `(select auth.uid())` is asked once a query.
        execute format('create function %s returns %s language sql stable return %s',
                       v_function.signature, v_function.result, v_function.expression);
        execute format('grant execute on function %s to app, maintenance, anon, authenticated, service_role',
                       v_function.signature);
      exception when insufficient_privilege then
        -- Somebody else's schema of the same name, which is theirs to complete.
        raise warning '% was not created: schema auth belongs to another role (%). Create it as that role if policies call it.',
          v_function.signature, sqlerrm;
      end;
    end if;
  end loop;

  foreach v_role in array array['app', 'maintenance', 'anon', 'authenticated', 'service_role'] loop
    if not has_schema_privilege(v_role, 'auth', 'usage') then
      begin
        execute format('grant usage on schema auth to %I', v_role);
      exception when insufficient_privilege then
        raise warning 'policies that call auth.uid() will fail for %: its owner must run GRANT USAGE ON SCHEMA auth TO %', v_role, v_role;
      end;
    end if;
  end loop;
end
$$;
