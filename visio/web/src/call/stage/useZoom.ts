import { type KeyboardEvent, type MouseEvent, type PointerEvent, type RefObject, useEffect, useRef, useState } from "react";
import { drag, pinch, type Point, scaleBy, STEP, wheelFactor, WHOLE, type Zoom } from "../state/zoom";

/** Of the area, by one press of an arrow. */
const STRIDE = 0.1;
const ARROWS: Record<string, Point> = {
  ArrowLeft: { x: STRIDE, y: 0 },
  ArrowRight: { x: -STRIDE, y: 0 },
  ArrowUp: { x: 0, y: STRIDE },
  ArrowDown: { x: 0, y: -STRIDE },
};
const FACTORS: Record<string, number> = { "+": STEP, "=": STEP, "-": 1 / STEP, "0": 0 };

/** Zooming and moving with the wheel, a pointer, two fingers or keys, on that element. */
export function useZoom(element: RefObject<HTMLElement | null>) {
  const [zoom, setZoom] = useState<Zoom>(WHOLE);
  const pointers = useRef(new Map<number, Point>());
  useWheel(element, setZoom);

  function movePointer(event: PointerEvent) {
    const before = pointers.current.get(event.pointerId);
    if (!before) return;
    const held = [...pointers.current.values()];
    const at = placeIn(element, event);
    pointers.current.set(event.pointerId, at);
    const now = [...pointers.current.values()];
    setZoom((zoom) =>
      isPair(held) && isPair(now) ? pinch(zoom, held, now) : drag(zoom, { x: at.x - before.x, y: at.y - before.y }),
    );
  }
  const release = (event: PointerEvent) => void pointers.current.delete(event.pointerId);

  return {
    zoom,
    scale: (factor: number) => setZoom((zoom) => scaleBy(zoom, factor)),
    handlers: {
      onPointerDown(event: PointerEvent) {
        element.current?.setPointerCapture(event.pointerId);
        pointers.current.set(event.pointerId, placeIn(element, event));
      },
      onPointerMove: movePointer,
      onPointerUp: release,
      onPointerCancel: release,
      onDoubleClick: (event: MouseEvent) =>
        setZoom((zoom) => (zoom.scale > 1 ? WHOLE : scaleBy(zoom, 2, placeIn(element, event)))),
      onKeyDown(event: KeyboardEvent) {
        const [factor, arrow] = [FACTORS[event.key], ARROWS[event.key]];
        if (event.ctrlKey || event.metaKey || event.altKey || (factor === undefined && !arrow)) return;
        event.preventDefault();
        setZoom((zoom) => (arrow ? drag(zoom, arrow) : scaleBy(zoom, factor ?? 1)));
      },
    },
  };
}

/** React listens to the wheel passively: such a listener could not keep the page from zooming as well. */
function useWheel(element: RefObject<HTMLElement | null>, setZoom: (change: (zoom: Zoom) => Zoom) => void): void {
  useEffect(() => {
    const area = element.current;
    if (!area) return;
    function handleWheel(event: WheelEvent) {
      event.preventDefault();
      const [factor, at] = [wheelFactor(event), placeIn(element, event)];
      setZoom((zoom) => scaleBy(zoom, factor, at));
    }
    area.addEventListener("wheel", handleWheel, { passive: false });
    return () => area.removeEventListener("wheel", handleWheel);
  }, [element, setZoom]);
}

function placeIn(element: RefObject<HTMLElement | null>, { clientX, clientY }: { clientX: number; clientY: number }): Point {
  const box = element.current?.getBoundingClientRect();
  if (!box?.width || !box.height) return { x: 0.5, y: 0.5 };
  return { x: (clientX - box.left) / box.width, y: (clientY - box.top) / box.height };
}

function isPair(points: Point[]): points is [Point, Point] {
  return points.length === 2;
}
