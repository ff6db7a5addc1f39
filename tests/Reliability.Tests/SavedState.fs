/// What a checkpoint holds, for comparisons of runs.
module MtrlFunctional.Reliability.Tests.SavedState

open MtrlFunctional.Storage

/// Names and hashes of its files, save the replay's, whose division into segments depends on when they were saved.
let hashes (checkpoint: Checkpoint) = [
    for file in checkpoint.Files do
        if not (file.Name.StartsWith "replay/") then
            file.Name, file.Sha256
]
