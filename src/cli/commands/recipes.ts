import type { RecipesDocument } from '../../protocol/documents.ts';
import { shippedRecipes } from '../../session/recipes/shippedRecipes.ts';
import type { Command } from '../command.ts';
import { EXIT } from '../exitCode.ts';
import { GENERAL_FLAGS } from '../flags/flagTable.ts';
import { textTable } from '../terminal/textTable.ts';

/** The recipes that come with the program. */
export const recipes: Command = {
  name: 'recipes',
  summary: 'List the recipes that come with the program',
  operands: [],
  details: [
    'They are the mixed plans published with the methods. --recipe takes one by its name; copy its file to start one of your own (--json says where it lies).',
  ],
  flagGroups: [GENERAL_FLAGS],
  examples: ['loupe recipes'],
  async run(_values, context) {
    const shipped = await shippedRecipes();
    const document: RecipesDocument = {
      schema: 'loupe/recipes/1',
      recipes: shipped.map(({ name, path, recipe }) => ({ name, description: recipe.description ?? '', path })),
    };
    context.print(document, () =>
      textTable(
        [
          { title: 'Recipe', align: 'left', cell: ({ name }) => name },
          { title: 'Plan', align: 'left', cell: ({ description }) => description },
        ],
        document.recipes,
      ),
    );
    return EXIT.done;
  },
};
