/** Something that happens once, and those who wait for it. */
export interface Signal {
  fired: Promise<void>;
  fire: () => void;
}

export function createSignal(): Signal {
  let fire = () => {};
  const fired = new Promise<void>((resolve) => {
    fire = resolve;
  });
  return { fired, fire };
}
