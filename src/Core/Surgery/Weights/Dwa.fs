namespace MtrlFunctional.Surgery

open MtrlFunctional.Experiments
open MtrlFunctional.Experiments.Schema

/// Settings of DWA.
type internal DwaConfig = {
    /// T: higher makes the weights more alike.
    Temperature: float
    /// Updates whose losses are averaged into one value.
    Epoch: int
}

/// Dynamic weight average: tasks whose loss falls more slowly than others' get larger weights.
///
/// Paper: Liu et al. 2019, "End-to-End Multi-Task Learning with Attention", arXiv:1803.10704,
/// eq. 7: weights K · softmax((L[t−1]/L[t−2]) / T); 1 in the first two epochs. Departure:
///   [1] a ratio of losses that is not a positive number is replaced by 1.
module internal Dwa =
    let paper = { Temperature = 2.0; Epoch = 1 }

    [<Literal>]
    let private Sum = "sum"

    [<Literal>]
    let private Count = "count"

    [<Literal>]
    let private Last = "last"

    [<Literal>]
    let private Before = "before"

    /// Before the first losses.
    let start tasks =
        [ Sum, 0.0; Count, 0.0; Last, nan; Before, nan ]
        |> List.fold
            (fun state (name, value) -> SurgeryState.withTask name (Array.create tasks value) state)
            SurgeryState.empty

    /// The weights after epochs with the given losses.
    let weights config (before: float[]) (last: float[]) =
        Array.map2
            (fun before last ->
                let ratio = last / before
                // [1]
                (if System.Double.IsFinite ratio && ratio > 0.0 then
                     ratio
                 else
                     1.0)
                / config.Temperature)
            before
            last
        |> Simplex.softmax
        |> Array.map ((*) (float last.Length))

    /// Adds the losses of this update; a full epoch becomes the last one, task by task.
    let private note config (losses: float[]) state =
        let read name = SurgeryState.perTask name state
        let sum = Array.map2 (+) (read Sum) losses
        let count = read Count |> Array.map ((+) 1.0)
        let full = count |> Array.map (fun count -> count >= float config.Epoch)

        let where (yes: float[]) (no: float[]) =
            Array.map3 (fun f y n -> if f then y else n) full yes no

        let none = Array.zeroCreate losses.Length

        state
        |> SurgeryState.withTask Before (where (read Last) (read Before))
        |> SurgeryState.withTask Last (where (Array.map2 (/) sum count) (read Last))
        |> SurgeryState.withTask Sum (where none sum)
        |> SurgeryState.withTask Count (where none count)

    /// The weights, and what is remembered of the losses.
    let solve config (problem: Problem) state =
        let weights =
            weights config (SurgeryState.perTask Before state) (SurgeryState.perTask Last state)

        Solution.create weights (note config problem.Losses state)

    /// The method with these choices.
    let surgery config : Surgery = Surgery.Weighing(start, solve config)

    let private key name = key $"agent.surgery.dwa.{name}"

    let private keys =
        record [
            key "temperature" Codec.positive (is paper.Temperature) _.Temperature
            <| "T: higher makes the weights more alike. Ours"

            key "epoch" Codec.count (is paper.Epoch) _.Epoch
            <| "updates whose losses are averaged. Ours"
        ]

    /// `agent.surgery.method=dwa`.
    let method' =
        Method.withKeys "dwa" "losses that fall slowly weigh more" paper keys surgery
