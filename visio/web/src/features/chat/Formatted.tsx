import { Linked } from "../../design/Linked";
import { blocksOf, type Block, type Part } from "./markdown";
import "./Formatted.css";

/** A message: React's text nodes, and the few elements that its signs stand for. */
export function Formatted({ text }: { text: string }) {
  return (
    <div className="formatted">
      {blocksOf(text).map((block, index) => (
        <Shown key={index} block={block} />
      ))}
    </div>
  );
}

function Shown({ block }: { block: Block }) {
  if (block.kind === "code") {
    return (
      // Long lines are scrolled to, also by keyboard.
      <pre tabIndex={0}>
        <code>{block.text}</code>
      </pre>
    );
  }
  if (block.kind === "list") {
    return (
      <ul>
        {block.items.map((item, index) => (
          <li key={index}>
            <Parts parts={item} />
          </li>
        ))}
      </ul>
    );
  }
  const parts = <Parts parts={block.parts} />;
  return block.kind === "quote" ? <blockquote>{parts}</blockquote> : <p>{parts}</p>;
}

function Parts({ parts }: { parts: Part[] }) {
  return parts.map((part, index) => <Inline key={index} part={part} />);
}

function Inline({ part }: { part: Part }) {
  if (part.kind === "text") return <Linked text={part.text} />;
  if (part.kind === "code") return <code>{part.text}</code>;
  const Emphasis = part.kind;
  return (
    <Emphasis>
      <Parts parts={part.parts} />
    </Emphasis>
  );
}
