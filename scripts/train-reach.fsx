#load "mtrl.fsx"

open MtrlFunctional
open MtrlFunctional.Experiments

Experiment.preset "first/reach"
|> Experiment.withName "train-reach"
|> Experiment.withActor (fun actor -> { actor with HiddenDim = 64 })
|> Experiment.withWords (Run.words ())
|> Run.train
