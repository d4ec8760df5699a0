import { on, type RouteHandler } from '../shared/http';
import { completeUpload } from '../shared/uploads/complete-upload';
import { createUploadBody, idParams, orderBody, updatePhotoBody, uploadParams } from './contract';
import { createPhotoUpload } from './create-upload';
import { deletePhoto } from './delete-photo';
import type { Dependencies } from './dependencies';
import { orderPhotos } from './order-photos';
import { photoUpload } from './photo-upload';
import { getPhoto, listPhotos } from './show-photos';
import { updatePhoto } from './update-photo';

/** Which use case answers which route of the contract. */
export const routes = (deps: Dependencies): Record<string, RouteHandler> => ({
  createPhotoUpload: on({ body: createUploadBody }, (request) => createPhotoUpload(deps, request)),
  completePhotoUpload: on({ params: uploadParams }, (request) =>
    completeUpload(deps, photoUpload(deps.limits), request),
  ),
  listPhotos: on({}, (request) => listPhotos(deps, request)),
  orderPhotos: on({ body: orderBody }, (request) => orderPhotos(deps, request)),
  getPhoto: on({ params: idParams }, (request) => getPhoto(deps, request)),
  updatePhoto: on({ params: idParams, body: updatePhotoBody }, (request) => updatePhoto(deps, request)),
  deletePhoto: on({ params: idParams }, (request) => deletePhoto(deps, request)),
});
