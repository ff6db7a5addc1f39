namespace MtrlFunctional.Surgery

open System
open MtrlFunctional.Randomness

/// Random loss weighting: new random weights in each update.
///
/// Paper: Lin et al. 2022, "Reasonable Effectiveness of Random Weighting", arXiv:2111.10603:
/// softmax of standard normal numbers.
module Rlw =
    /// Independent, mean 0, variance 1 (Box and Muller 1958, doi:10.1214/aoms/1177706645).
    let normals count key =
        Array.init count (fun i ->
            let key = Key.at (int64 i) key
            let radius = sqrt (-2.0 * log (1.0 - Key.uniform (Key.at 0L key)))
            radius * cos (2.0 * Math.PI * Key.uniform (Key.at 1L key)))

    /// The weights; they add up to 1.
    let solve (problem: Problem) state =
        Solution.create (normals problem.Losses.Length problem.Key |> Simplex.softmax) state
