export function ExperimentsPage() {
  return <p>experiments</p>;
}
