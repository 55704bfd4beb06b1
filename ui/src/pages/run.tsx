export function RunPage() {
  return <p>run</p>;
}
