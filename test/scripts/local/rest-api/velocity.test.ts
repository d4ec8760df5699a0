import { parseVelocity } from '../../../../scripts/local/rest-api/velocity';

const render = (template: string, variables: Record<string, unknown> = {}) =>
  parseVelocity(template)({ ...variables });

describe('the template language of mock integrations', () => {
  test.each([
    ['{"statusCode": 204}', '{"statusCode": 204}'],
    // biome-ignore lint/suspicious/noTemplateCurlyInString: the notation under test
    ['$who and ${who}!', 'me and me!'],
    ['$absent $!absent.', '$absent .'],
    ['#set($x = "a")$x', 'a'],
    ['#if($who == "me")yes#{else}no#end', 'yes'],
    ['#if($who == "you")a#elseif($who != "me")b#{else}c#end', 'c'],
    ['#if(!$absent && ($who == "x" || $who == "me"))in#end', 'in'],
    ['#if($who.matches("m."))matched#end', 'matched'],
    ['#if($who.matches("m"))matched#end', ''],
    ['$map.get("key") $map.inner.key', '1 2'],
    ['## a comment\ntext #1 costs $5', 'text #1 costs $5'],
  ])('%s gives %s', (template, expected) => {
    expect(render(template, { who: 'me', map: { key: 1, inner: { key: 2 } } })).toBe(expected);
  });

  test('assignments reach into maps', () => {
    const context = { override: { header: {} as Record<string, string> } };
    render('#set($context.override.header.Access-Control-Allow-Origin = $origin)', { context, origin: 'o' });
    expect(context.override.header).toEqual({ 'Access-Control-Allow-Origin': 'o' });
  });

  test.each([
    ['#foreach($x in $y)#end', 'the directive #foreach'],
    ['#if($a', 'an #if without closing parenthesis'],
    ['#if($a)x', 'an #if without #end'],
    ['text\n#end', 'an #end, #else or #elseif without #if on line 2'],
    ['#set($x = [1])', 'an expression'],
  ])('%s is refused when it is parsed', (template, message) => {
    expect(() => parseVelocity(template)).toThrow(message);
  });

  test('an unknown method is an error when it is called', () => {
    expect(() => render('$who.explode()', { who: 'me' })).toThrow('.explode()');
  });
});
