namespace MtrlFunctional.Experiments

open MtrlFunctional.Networks
open MtrlFunctional.Spaces
open MtrlFunctional.Surgery

/// Parts that a table has beside those of the library.
type internal OwnWords = {
    Surgery: Method list
    Networks: OwnNetwork list
    Environments: OwnEnvironment list
}

module internal OwnWords =
    let none = { Surgery = []; Networks = []; Environments = [] }
