import "./Logo.css";

/** The mark, which a `picture` replaces, and the name: both are administrators' choice. */
export function Logo({ name, picture }: { name: string; picture?: string | null }) {
  return (
    <span className="logo">
      {picture ? <img src={picture} alt="" /> : <Mark />}
      {name}
    </span>
  );
}

function Mark() {
  return (
    <svg viewBox="0 0 32 32" aria-hidden="true">
      <rect width="32" height="32" rx="9" className="logo-ground" />
      <rect x="7.5" y="10" width="11.5" height="12" rx="3" className="logo-figure" />
      <path d="m20.5 14.3 3-1.9a.7.7 0 0 1 1.1.6v6a.7.7 0 0 1-1.1.6l-3-1.9z" className="logo-figure" />
    </svg>
  );
}
