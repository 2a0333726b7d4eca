import type { ModelTensor } from '../../core/model/model.ts';
import type { ModuleNode } from '../../core/model/moduleTree.ts';
import type { OpenCheckpoint } from '../sessions/openCheckpoint.ts';
import type { FoundCheckpoint } from './checkpointFinder.ts';

/** An item of the tree: what it stands for and where it belongs. */
export type TreeNode = GroupNode | CheckpointNode | ModuleItem | TensorItem | MessageNode;

export interface GroupNode {
  readonly type: 'group';
  readonly label: string;
  readonly children: readonly CheckpointNode[];
}
export interface CheckpointNode {
  readonly type: 'checkpoint';
  readonly found: FoundCheckpoint;
}
export interface ModuleItem {
  readonly type: 'module';
  readonly file: string;
  readonly open: OpenCheckpoint;
  readonly module: ModuleNode;
  readonly parent: CheckpointNode | ModuleItem;
}
export interface TensorItem {
  readonly type: 'tensor';
  readonly file: string;
  readonly open: OpenCheckpoint;
  readonly tensor: ModelTensor;
  readonly label: string;
  readonly parent: CheckpointNode | ModuleItem;
}
/** Why a checkpoint does not open. */
export interface MessageNode {
  readonly type: 'message';
  readonly text: string;
}
