import { objectKey } from '../../../lambdas/documents/object-key';
import { attachment, safeFileName } from '../../../lambdas/shared/file-name';

describe('the name of a file', () => {
  it.each([
    [
      'stays as it is when there is nothing wrong with it',
      'My Resume (final) v2.pdf',
      'My Resume (final) v2.pdf',
    ],
    ['keeps letters of any script', 'Lebenslauf_Müller 简历 رزومه.pdf', 'Lebenslauf_Müller 简历 رزومه.pdf'],
    ['is composed (NFC)', 'Mu\u0308ller.pdf', 'Müller.pdf'],
    ['keeps emoji and their joiners', '👩‍💻.pdf', '👩‍💻.pdf'],
    ['loses its directories', '../../etc/passwd.pdf', 'passwd.pdf'],
    ['loses directories of Windows', 'C:\\Users\\me\\cv.pdf', 'cv.pdf'],
    ['is invented when only directories were sent', '../../', 'document.pdf'],
    ['is invented when nothing visible was sent', '\u202e\u0000.pdf', 'document.pdf'],
    ['cannot turn its reading direction', 'report\u202efdp.exe', 'reportfdp.exe.pdf'],
    ['loses control characters', 'a\u0000b\r\nc\u007f.pdf', 'abc.pdf'],
    ['loses line separators', 'a\u2028b.pdf', 'ab.pdf'],
    ['loses half characters', 'a\ud800b.pdf', 'ab.pdf'],
    ['gets the extension of what was checked', 'program.exe', 'program.exe.pdf'],
    ['keeps one extension, whatever its case', 'SCAN.PDF', 'SCAN.pdf'],
    ['gets an extension', 'resume', 'resume.pdf'],
    ['is not hidden', '.htaccess', 'htaccess.pdf'],
    ['does not end in dots or spaces', 'cv. . .', 'cv.pdf'],
    ['has no character Windows forbids', 'a<b>c:d"e|f?g*.pdf', 'a_b_c_d_e_f_g_.pdf'],
    ['is no device of Windows', 'CON.pdf', '_CON.pdf'],
    ['may begin like a device of Windows', 'console.pdf', 'console.pdf'],
    ['has single spaces', 'a \t  b.pdf', 'a b.pdf'],
  ])('%s', (_, given, expected) => {
    expect(safeFileName(given, 'pdf')).toBe(expected);
  });

  it.each(['a'.repeat(300), '简'.repeat(200), '👨‍👩‍👧‍👦'.repeat(40), `${'é'.repeat(126)}xy`])(
    'is cut to 255 bytes between graphemes and keeps its extension: %#',
    (stem) => {
      const name = safeFileName(`${stem}.pdf`, 'pdf');
      expect(Buffer.byteLength(name)).toBeLessThanOrEqual(255);
      expect(Buffer.byteLength(name)).toBeGreaterThan(225);
      expect(name.endsWith('.pdf')).toBe(true);
      expect(`${stem}.pdf`.startsWith(name.slice(0, -4))).toBe(true);
      expect(name).not.toMatch(/\u200d\.pdf$/);
    },
  );
});

describe('the key of an object', () => {
  const key = (name: string) => objectKey('user', 'cover_letter', 'id', name);

  it.each([
    ['Résumé (final).pdf', 'users/user/cover-letters/id-Resume-final.pdf'],
    ['简历.pdf', 'users/user/cover-letters/id-document.pdf'],
    ['a b+c%20&d.pdf', 'users/user/cover-letters/id-a-b-c-20-d.pdf'],
    ['a.b.pdf', 'users/user/cover-letters/id-a-b.pdf'],
    [`${'x'.repeat(250)}.pdf`, `users/user/cover-letters/id-${'x'.repeat(80)}.pdf`],
  ])('is plain ASCII: %s', (name, expected) => {
    expect(key(name)).toBe(expected);
    expect(encodeURI(key(name))).toBe(key(name));
  });
});

describe('the Content-Disposition of a download', () => {
  it('offers the name in ASCII and in UTF-8', () => {
    expect(attachment('Résumé 简.pdf')).toBe(
      `attachment; filename="Resume _.pdf"; filename*=UTF-8''R%C3%A9sum%C3%A9%20%E7%AE%80.pdf`,
    );
  });

  it('cannot be broken out of', () => {
    const header = attachment(`a"; filename="evil.exe\\'()*%.pdf`);
    expect(header).toBe(
      `attachment; filename="a_; filename=_evil.exe_'()*_.pdf"; filename*=UTF-8''a%22%3B%20filename%3D%22evil.exe%5C%27%28%29%2A%25.pdf`,
    );
  });
});
