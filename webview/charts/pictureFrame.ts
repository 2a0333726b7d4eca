/** What stands around an exported chart. */
export interface PictureFrame {
  readonly title: string;
  readonly subtitle: string;
  readonly legend: readonly LegendEntry[];
  /** CSS pixels. */
  readonly width: number;
  readonly height: number;
}

/** A series by name; form tells series apart as well as colour. */
export interface LegendEntry {
  readonly text: string;
  readonly form: 'filled' | 'outlined' | 'dot' | 'ring';
  readonly colour: '--loupe-original' | '--loupe-dequantized';
}

export const PICTURE_WIDTH = 960;
export const PICTURE_HEIGHT = 540;
