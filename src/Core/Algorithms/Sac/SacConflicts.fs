/// Cosine similarities of the task gradients in soft actor-critic, for critics and actor separately.
module internal MtrlFunctional.Algorithms.SacConflicts

open MtrlFunctional.Surgery
open MtrlFunctional.Tensors

/// Measures the gradients of shared parameters on a batch, before an update; nothing changes. Nothing is measured if
/// tasks share no parameters.
[<CompiledName("Measure")>]
let measure (agent: SacAgent) (state: SacState) step update (batch: Batch) : ConflictRecord list =
    let view () =
        SacView.readForUpdate PolicyRegulariser.entropy agent state batch |> fst

    let batch = TaskContext.take batch |> snd |> Batch.normalise

    let ofPart part gradients =
        // One part's gradients are freed before the next part's are made.
        Tensors.scope (fun _ -> Seq.empty) (fun () -> {
            Step = step
            Update = update
            Part = part
            Agreement = Conflict.ofGradients (gradients ())
        })

    if
        Sharing.sharedCount agent.CriticLayout > 0L
        && Sharing.sharedCount agent.ActorLayout > 0L
    then
        [
            ofPart "critic" (fun () -> (SacTaskGradients.critic (view ()) batch).Shared)
            ofPart "actor" (fun () -> (SacTaskGradients.actor (view ()) batch).Shared)
        ]
    else
        []
