namespace MtrlFunctional.Surgery

open MtrlFunctional
open MtrlFunctional.Experiments
open MtrlFunctional.Experiments.Requirement
open MtrlFunctional.Experiments.Schema

/// The main tasks, and how gradients of the auxiliary ones are gated.
type internal CosineGateConfig = {
    /// Numbers of the main tasks; all others are auxiliary. None: the first task of a batch.
    Main: int list
    /// An auxiliary gradient is weighted by its cosine; otherwise its weight is 1 or 0.
    Weighted: bool
}

/// Gradients of auxiliary tasks are used while their cosine to the gradient of the main tasks is positive.
///
/// Paper: Du et al. 2018, "Adapting Auxiliary Losses Using Gradient Similarity",
/// arXiv:1812.02224, eq. 4 (weighted: max(0, cos)) and eq. 5 (unweighted: cos ≥ 0). With several
/// main tasks the cosine is to the sum of their gradients; where the sum is zero, weighted auxiliary gradients are 0.
module internal CosineGate =
    let private weight config (gram: Gram) (main: float[]) gains i =
        if main[i] = 1.0 then
            1.0
        else
            let lengths = sqrt (max 0.0 (Gram.squared gram main)) * Gram.length gram i
            let cosine = if lengths > 0.0 then Array.get gains i / lengths else 0.0

            match config.Weighted with
            | true -> max 0.0 (min 1.0 cosine)
            | false -> if cosine >= 0.0 then 1.0 else 0.0

    /// The coefficients of the sum.
    let solve config (problem: Problem) state =
        let gram = problem.Gram

        let isMain =
            match config.Main with
            | [] -> (=) problem.Tasks[0]
            | named -> fun task -> List.contains task named

        let main = problem.Tasks |> Array.map (fun task -> if isMain task then 1.0 else 0.0)

        let gains = Gram.along gram main
        Solution.create (Array.init gram.Size (weight config gram main gains)) state

    /// The method with these choices.
    let surgery config : Surgery = Surgery.Of(solve config)

    /// Names of the main tasks, of which none means the first, and whether weights are cosines.
    let private keys =
        record [
            keyBy
                "agent.surgery.cosine_gate.main_tasks"
                (fun c -> Codec.list c.Env.Family.TaskCodec)
                (is [])
                fst
            <| "names of the tasks that count for themselves; empty: the first that is trained. Ours"

            key "agent.surgery.cosine_gate.weighted" Codec.flag (is true) snd
            <| "weigh the others by their cosine; otherwise all or nothing. Ours"
        ]

    /// Numbers of the main tasks among all.
    let private numbers (tasks: string list) =
        List.choose (fun name -> List.tryFindIndex ((=) name) tasks)

    let private mistakes names (tasks: string list) = [
        for name in names do
            yield!
                List.contains name tasks
                |> orElse "agent.surgery.cosine_gate.main_tasks" "names of tasks that are trained"
                |> showing (Value.Text name)
                |> because ((Nearest.hint tasks name).TrimStart())
    ]

    /// `agent.surgery.method=cosine_gate`.
    let method' =
        Method.Of(
            "cosine_gate",
            "auxiliary gradients are used while their cosine to the main ones is positive",
            surgery { Main = []; Weighted = true }
        )
        |> Method.withValues keys (fun (names, weighted) choice -> {
            choice with
                Surgery =
                    Some(fun _ tasks ->
                        surgery { Main = numbers tasks names; Weighted = weighted })
                Mistakes = mistakes names
        })
