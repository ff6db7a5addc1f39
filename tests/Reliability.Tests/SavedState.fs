/// What a checkpoint holds, for comparisons of runs.
module MtrlFunctional.Reliability.Tests.SavedState

open MtrlFunctional.Storage

/// Names and hashes of its files.
let hashes (checkpoint: Checkpoint) = [
    for file in checkpoint.Files do
        file.Name, file.Sha256
]
