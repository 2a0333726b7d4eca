/** A name that file systems take: `subject`, with what they refuse replaced, and an ending. */
export function fileName(subject: string, ending: string): string {
  const stem = subject.replace(/[^\w.-]+/g, '_').replace(/^\.+/, '') || 'tensor';
  return `${stem}.${ending}`;
}
