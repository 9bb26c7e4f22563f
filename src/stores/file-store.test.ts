import { storeContract } from './contract.ts';
import { fileTraits } from './contract-places.ts';

storeContract(fileTraits('text'));
storeContract(fileTraits('csv'));
storeContract(fileTraits('jsonl'));
